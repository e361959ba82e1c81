{{ warnings_from_hits('review_due', 'int_review_due_hit') }}
