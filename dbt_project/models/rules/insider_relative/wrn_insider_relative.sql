{{ warnings_from_hits('insider_relative', ['int_insider_relative_hit', 'int_insider_applicant_hit']) }}
