{{ check_hits_from_hits('dead', 'int_dead_hit') }}
