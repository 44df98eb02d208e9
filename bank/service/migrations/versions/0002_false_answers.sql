-- Answers with a wrong amount for questions and repeats.
CREATE TABLE false_answers (
    caller text NOT NULL,
    key text NOT NULL,
    PRIMARY KEY (caller, key),
    FOREIGN KEY (caller, key) REFERENCES answers
);
