{{ warnings_from_hits('financial_asset', 'int_financial_asset_hit') }}
