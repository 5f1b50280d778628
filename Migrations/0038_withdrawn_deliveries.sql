-- 0038: what was withdrawn does not come back when its successor is withdrawn as well.
--
-- A Storno brings back what the message before said. Which messages no longer say anything their values do not tell: a withdrawn value that
-- somebody had corrected keeps the status it was sent with.
CREATE TABLE delivery_withdrawal (
    delivery_id  bigint NOT NULL REFERENCES delivery,
    withdrawn_by bigint NOT NULL REFERENCES delivery,
    PRIMARY KEY (delivery_id, withdrawn_by)
);
CREATE INDEX delivery_withdrawal_by ON delivery_withdrawal (withdrawn_by);
GRANT SELECT, INSERT ON delivery_withdrawal TO zaehlwerk_app;
