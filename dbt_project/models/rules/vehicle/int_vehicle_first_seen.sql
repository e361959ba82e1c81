-- The day on which the hub first heard of a vehicle. Older answers stay in the ledger.
select
    vehicles.id_number,
    vehicles.plate_no,
    min(batches.as_of) as first_seen_on
from {{ source('public_security', 'public_security__vehicle') }} as vehicles
inner join {{ source('ledger', 'feed_batches') }} as batches on vehicles.batch_id = batches.batch_id
where
    batches.status = 'loaded'
    and batches.as_of <= {{ as_of() }}
    and vehicles.answer = 'found'
group by vehicles.id_number, vehicles.plate_no
