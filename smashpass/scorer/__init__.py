"""The reference scorer: training, evaluation, export and serving of a model of one's own."""
