{{ warnings_from_hits('payment_anomaly', 'int_payment_anomaly_hit') }}
