-- What banks notify the market of are webhooks.
ALTER TABLE bank_callbacks RENAME TO bank_webhooks;
ALTER TABLE bank_webhooks RENAME CONSTRAINT pk_bank_callbacks TO pk_bank_webhooks;
ALTER TABLE bank_webhooks RENAME CONSTRAINT ck_bank_callbacks_deliveries TO ck_bank_webhooks_deliveries;
ALTER TABLE bank_webhooks RENAME CONSTRAINT fk_bank_callbacks_payment_id TO fk_bank_webhooks_payment_id;
