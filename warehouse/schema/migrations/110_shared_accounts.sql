-- An account of several families: what the evidence lists follows from the payments; another family is news.
insert into ops.evidence_keys values
    ('payment_anomaly', '*', 'account_cases', 'never', 'follows from the payments, which count'),
    ('payment_anomaly', '*', 'account_households', 'never', 'how many families there are counts'),
    ('payment_anomaly', '*', 'account_families', 'more', 'fewer families on one account is nothing new');
