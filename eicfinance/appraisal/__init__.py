"""Puts a case together: sites, projects, the cluster; death valley, decision."""
