-- A transfer that is held back may be dismissed, by a resolution like those of money in suspense.
ALTER TABLE resolutions DROP CONSTRAINT ck_resolutions_way;
ALTER TABLE resolutions ADD CONSTRAINT ck_resolutions_way CHECK (way IN ('assign', 'return', 'dismiss'));

-- Who last set a cursor back, why, and from where.
ALTER TABLE chain_cursors
    ADD COLUMN rewound_at   timestamptz,
    ADD COLUMN rewound_by   text,
    ADD COLUMN rewound_why  text,
    ADD COLUMN rewound_from bigint,
    ADD CONSTRAINT ck_chain_cursors_rewound CHECK (
        num_nonnulls(rewound_at, rewound_by, rewound_why, rewound_from) IN (0, 4));
