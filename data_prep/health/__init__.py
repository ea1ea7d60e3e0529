"""What `python -m data_prep.doctor` looks at, finds and shows."""
