"""Where rows are held.

Takes plans and values, gives rows. The only home of SQL text. Stands on plan and the ground.
"""
