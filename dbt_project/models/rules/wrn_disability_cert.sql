{{ warnings_from_hits('disability_cert', 'int_disability_cert_hit') }}
