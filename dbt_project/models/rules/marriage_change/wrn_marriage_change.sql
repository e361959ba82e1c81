{{ warnings_from_hits('marriage_change', 'int_marriage_change_hit') }}
