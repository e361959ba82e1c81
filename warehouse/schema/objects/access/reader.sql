-- Names the role whose rights a call was made with, also inside a function that runs with its owner's rights.
create or replace function ops.reader() returns name
language sql stable
as $$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;
comment on function ops.reader() is
    'The role whose rights a call was made with, also inside a function of another owner';
revoke all on function ops.reader() from public, hub_app, hub_analyst;
grant execute on function ops.reader() to hub_app, hub_analyst;
