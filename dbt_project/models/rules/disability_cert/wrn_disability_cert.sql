{{ warnings_from_hits('disability_cert', ['int_disability_cert_hit', 'int_strange_certificate_hit']) }}
