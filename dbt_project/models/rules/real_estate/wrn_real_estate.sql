{{ warnings_from_hits('real_estate', 'int_real_estate_hit') }}
