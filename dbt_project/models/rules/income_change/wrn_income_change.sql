{{ warnings_from_hits('income_change', 'int_income_change_hit') }}
