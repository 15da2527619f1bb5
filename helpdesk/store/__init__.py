"""Rows: engine, tables, migrations and one module of named queries per noun."""
