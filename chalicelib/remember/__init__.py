"""What the sync knows between jobs: records, names, decisions, connections, grants. No rules, no boto3 going out."""
