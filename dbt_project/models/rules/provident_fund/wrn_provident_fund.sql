{{ warnings_from_hits('provident_fund', 'int_provident_fund_hit') }}
