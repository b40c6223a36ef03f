#!/bin/bash
# Workers of alnb as a Slurm array: sbatch array.sh, then "alnb experiment submit", "alnb query --queue" and the like from anywhere. Each
# task is one worker with one GPU; it goes on until the time limit, of which Slurm tells it a minute before, and puts its unit back. It does so,
# too, when it is requeued or cancelled: 25 s are less than what Slurm waits then before it kills (KillWait, 30 s).
#SBATCH --job-name=alnb-worker
#SBATCH --array=1-8
#SBATCH --ntasks=1
#SBATCH --gpus-per-task=1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@60
#SBATCH --requeue

# ALNB_QUEUE and ALNB_STORE come from a file that only you can read, with lines such as
#   export ALNB_QUEUE=postgres://alnb:PASSWORD@db.example.org/alnb
#   export ALNB_STORE=/shared/alnb/store
#   export ALNB_BACKEND=xla:cuda   # else it computes on the processors
source "$HOME/.config/alnb/fleet"
exec srun --cpus-per-task="$SLURM_CPUS_PER_TASK" alnb worker --drain 25s --work-dir "${SLURM_TMPDIR:-/tmp}/alnb-$USER"
