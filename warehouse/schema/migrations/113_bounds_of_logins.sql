insert into ops.settings (name, value, meaning)
values
    ('login_statement_seconds', '300',
        'After so long a statement of a login of applications or analysts ends that has no limit; 0: none'),
    ('login_temp_file_mb', '1024',
        'So many MB of temporary files a session of such a login may fill that has no limit; 0: any number')
on conflict (name) do nothing;
