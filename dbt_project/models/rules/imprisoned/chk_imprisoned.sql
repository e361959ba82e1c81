{{ check_hits_from_hits('imprisoned', 'int_imprisoned_hit') }}
