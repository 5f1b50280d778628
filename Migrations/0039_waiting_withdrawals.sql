-- 0039: a withdrawal (MSCONS Storno) that comes before the message it names waits for it.
--
-- Messages come in the wrong order. A withdrawal that found nothing was kept, but only its sender could try it again; now the message it
-- names wakes it when it arrives.
CREATE TABLE waiting_withdrawal (
    source      text NOT NULL,
    message_id  text NOT NULL,
    delivery_id bigint NOT NULL REFERENCES delivery,
    PRIMARY KEY (source, message_id, delivery_id)
);
GRANT SELECT, INSERT, DELETE ON waiting_withdrawal TO zaehlwerk_app;
