{{ warnings_from_hits('elder_occupancy', 'int_elder_occupancy_hit') }}
