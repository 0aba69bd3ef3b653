"""The parts of the OpenAPI document: of each method, status, body, parameter and example.

Takes the contract, gives pieces of JSON that `describe` puts together. Stands on the ground.
"""
