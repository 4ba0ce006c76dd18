"""The program `rapbot`: one command that starts, watches and examines everything else."""
