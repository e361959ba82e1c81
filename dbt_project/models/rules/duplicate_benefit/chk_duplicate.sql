{{ check_hits_from_hits('duplicate', 'int_duplicate_hit') }}
