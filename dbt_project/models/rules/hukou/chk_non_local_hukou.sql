{{ check_hits_from_hits('non_local_hukou', 'int_non_local_hukou_hit') }}
