DROP TABLE invoice_lines;
DROP TABLE invoices;
DROP TABLE invoice_counters;
DROP TABLE billing_details;
DROP FUNCTION invoices_stay();
