{{ check_hits_from_hits('business_owner', 'int_business_owner_hit') }}
