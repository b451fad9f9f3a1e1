"""Pure compilers for three clouds: they test that the seam's values are enough to write a whole request from."""
