-- What callers are notified of are webhooks.
ALTER TABLE callback_addresses RENAME TO webhook_endpoints;
ALTER TABLE webhook_endpoints RENAME CONSTRAINT callback_addresses_pkey TO webhook_endpoints_pkey;

ALTER TABLE callbacks RENAME TO webhooks;
ALTER TABLE webhooks RENAME CONSTRAINT callbacks_pkey TO webhooks_pkey;
ALTER TABLE webhooks RENAME CONSTRAINT callbacks_bank_id_fkey TO webhooks_bank_id_fkey;
ALTER TABLE webhooks RENAME CONSTRAINT callbacks_status TO webhooks_status;
ALTER TABLE webhooks RENAME CONSTRAINT callbacks_of_an_answer TO webhooks_of_an_answer;
ALTER TABLE webhooks RENAME CONSTRAINT callbacks_one_end TO webhooks_one_end;
ALTER INDEX callbacks_due RENAME TO webhooks_due;
ALTER INDEX callbacks_swapped RENAME TO webhooks_swapped;
ALTER SEQUENCE callbacks_id_seq RENAME TO webhooks_id_seq;

-- Rules of behaviour name them too.
UPDATE behaviours SET rules = replace(rules::text, '"callback":', '"webhook":')::jsonb WHERE rules <> '[]';
