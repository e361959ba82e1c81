-- A warning that became graver has the limit of its new severity, from that day on: its event says both days.
comment on column marts.warnings.due_on is
    'Fixed when the warning opens (or reopens), and anew on the day it becomes graver; a lighter one keeps its day';
