"""Small models with random weights, in the architectures and layouts of the published ones."""

import torch

# A second thread gains nothing on models this small, and loses much where tests share cores.
torch.set_num_threads(1)
