-- The day a review is due is in the event of its warning. The evidence once had the day of the family under the name of
-- the member's own; told apart now, they must not open what was closed before, nor the own day when it moves alone.
insert into ops.evidence_keys values
    ('review_due', '*', 'review_due_on', 'never', 'the earliest of the family counts, which the event names'),
    ('review_due', '*', 'family_review_due_on', 'never', 'the event names it');
