{{ warnings_from_hits('hukou', ['int_non_local_hukou_hit', 'int_cancelled_entry_hit']) }}
