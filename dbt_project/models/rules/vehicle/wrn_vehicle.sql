{{ warnings_from_hits('vehicle', 'int_vehicle_hit') }}
