-- A notice is about an event, for a user, or for the platform's staff.
ALTER TABLE notices ADD COLUMN staff boolean;
ALTER TABLE notices DROP CONSTRAINT ck_notices_about_one;
ALTER TABLE notices ADD CONSTRAINT ck_notices_about_one CHECK (num_nonnulls(event_id, user_id, staff) = 1);
