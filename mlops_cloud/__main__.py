"""`python -m mlops_cloud`: the command line."""

from mlops_cloud.cli.main import main

main()
