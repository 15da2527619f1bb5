"""The composition root: the only place, beside the doctor, that knows real doors and puts them into the jobs' hands."""
