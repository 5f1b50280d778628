-- 0017: accounts for what customers feed in.
--
-- A credit for feed-in is a purchase from the customer, and its tax, where the customer charges any, is input tax: neither
-- lowers the revenue nor the tax that is owed.

INSERT INTO general_ledger_account (number, name, english_name, kind, normal_side, skr03, skr04) VALUES
    (1571, 'Vorsteuer 7 %', 'Input VAT 7 %', 'tax', 'debit', 1571, 1401),
    (1576, 'Vorsteuer 19 %', 'Input VAT 19 %', 'tax', 'debit', 1576, 1406),
    (3110, 'Einspeisevergütungen', 'Feed-in payments', 'expense', 'debit', 3110, 5910);

ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_service_check,
    ADD CONSTRAINT invoice_line_service_check
        CHECK (service IN ('electricity', 'gas', 'water', 'wastewater', 'rainwater', 'heat', 'feed_in'));
