-- Events are read by deal and by subject, which for those of a payment is its id. No statement looks for them by
-- `payment_id`, and every event was written to this index.
DROP INDEX ix_events_payment_id;
