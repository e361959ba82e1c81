{{ check_hits_from_hits('insider_relative', 'int_insider_relative_hit') }}
