{{ warnings_from_hits('death', 'int_dead_hit') }}
