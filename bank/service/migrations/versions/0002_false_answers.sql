-- Answers that are told with a wrong amount to whoever asks or repeats.
CREATE TABLE false_answers (
    caller text NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (caller, key),
    FOREIGN KEY (caller, key) REFERENCES answers
);
