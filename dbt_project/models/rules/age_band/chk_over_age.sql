{{ check_hits_from_hits('over_age', 'int_age_band_hit', only=['orphan_18', 'tekun_16']) }}
