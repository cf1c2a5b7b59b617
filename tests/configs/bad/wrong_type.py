# wrong_type.py:2 | high_water_mark
config = dict(high_water_mark='many')
