{{ warnings_from_hits('funeral_subsidy', 'int_funeral_subsidy_hit') }}
