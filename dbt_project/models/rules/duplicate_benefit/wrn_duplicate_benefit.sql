{{ warnings_from_hits('duplicate_benefit', 'int_duplicate_hit') }}
