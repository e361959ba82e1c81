{{ warnings_from_hits('age_band', 'int_age_band_hit') }}
