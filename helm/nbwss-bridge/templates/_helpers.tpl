{{/* ---- Names and labels ---- */}}

{{/* The name of the application in labels: at most 63 characters, as labels allow. */}}
{{- define "nbwss-bridge.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of the objects, "<release>-<chart>" or the release alone where it has the chart's name in it. Room is left for suffixes. */}}
{{- define "nbwss-bridge.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 47 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 47 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The labels that select objects of one component. Takes (dict "root" $ "component" "bridge"). They never change: selectors are immutable. */}}
{{- define "nbwss-bridge.selectorLabels" -}}
app.kubernetes.io/name: {{ include "nbwss-bridge.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Every label of an object. Takes the same as selectorLabels. */}}
{{- define "nbwss-bridge.labels" -}}
{{ include "nbwss-bridge.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: nbwss-bridge
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The labels of a pod. Takes the same as selectorLabels. Without the chart's version, so that a new chart alone doesn't replace the pods.
*/}}
{{- define "nbwss-bridge.podLabels" -}}
{{ include "nbwss-bridge.selectorLabels" . }}
app.kubernetes.io/part-of: nbwss-bridge
{{- with merge (deepCopy .root.Values.podLabels) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object: name, namespace and labels. Takes (dict "root" $ "component" … "suffix" "" "labels" dict "annotations" dict), the last three optional. */}}
{{- define "nbwss-bridge.metadata" -}}
name: {{ include "nbwss-bridge.fullname" .root }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "nbwss-bridge.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The name of the ServiceAccount of the bridge's pods. */}}
{{- define "nbwss-bridge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "nbwss-bridge.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* ---- What is mounted, and the configuration that follows from it ---- */}}

{{/* The Secret with the endpoint's certificate: the user's, cert-manager's, or none. */}}
{{- define "nbwss-bridge.tlsSecret" -}}
{{- if .Values.certManager.enabled -}}
{{- include "nbwss-bridge.fullname" . }}-tls
{{- else -}}
{{- .Values.tls.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* The user that Strimzi makes, and "true" where its Secret is in reach of the pods. */}}
{{- define "nbwss-bridge.strimziUser" -}}
{{- include "nbwss-bridge.fullname" . -}}
{{- end -}}
{{- define "nbwss-bridge.mountsStrimziUser" -}}
{{- $strimzi := .Values.strimzi -}}
{{- if and $strimzi.enabled $strimzi.user.enabled (eq ($strimzi.namespace | default .Release.Namespace) .Release.Namespace) -}}true{{- end -}}
{{- end -}}

{{/*
Everything that is mounted from a reference, as a JSON list of
{name, value, secret | configMap, files: {<file>: <key>} | all keys, settings: {<setting>: <file>}}.
The volume is called as the mount is, and mounted at /etc/nbwss-bridge/<name>. Files have the same names whatever the keys are called.
*/}}
{{- define "nbwss-bridge.mounts" -}}
{{- $values := .Values -}}
{{- $user := include "nbwss-bridge.strimziUser" . -}}
{{- $kafkaClient := $values.kafka.clientCertificate -}}
{{- $kafkaPassword := $values.kafka.password -}}
{{- if include "nbwss-bridge.mountsStrimziUser" . -}}
{{- if eq $values.strimzi.user.authentication "tls" -}}
{{- $kafkaClient = dict "existingSecret" $user "certificateKey" "user.crt" "privateKeyKey" "user.key" -}}
{{- else -}}
{{- $kafkaPassword = dict "existingSecret" $user "key" "password" -}}
{{- end -}}
{{- end -}}
{{- $tls := dict "existingSecret" (include "nbwss-bridge.tlsSecret" .) "certificateKey" $values.tls.certificateKey "privateKeyKey" $values.tls.privateKeyKey -}}
{{- if $values.certManager.enabled -}}
{{- $tls = merge (dict "certificateKey" "tls.crt" "privateKeyKey" "tls.key") $tls -}}
{{- end -}}
{{- $references := list
  (dict "name" "tls" "value" "tls" "from" $tls "pair" "listen.tls")
  (dict "name" "client-ca" "value" "tls.clientCa" "from" $values.tls.clientCa "file" "ca.crt" "setting" "listen.tls.clientCaFile")
  (dict "name" "tokens" "value" "tokens" "from" $values.tokens "setting" "credentials.tokenDirectory")
  (dict "name" "kafka-ca" "value" "kafka.ca" "from" $values.kafka.ca "file" "ca.crt" "setting" "kafka.tls.caFile")
  (dict "name" "kafka-client" "value" "kafka.clientCertificate" "from" $kafkaClient "pair" "kafka.tls")
  (dict "name" "kafka-password" "value" "kafka.password" "from" $kafkaPassword "file" "password" "setting" "kafka.sasl.passwordFile")
  (dict "name" "kafka-oauth" "value" "kafka.oauthClientSecret" "from" $values.kafka.oauthClientSecret "file" "client-secret" "setting" "kafka.sasl.oauth.clientSecretFile")
  (dict "name" "kafka-oauth-ca" "value" "kafka.oauthCa" "from" $values.kafka.oauthCa "file" "ca.crt" "setting" "kafka.sasl.oauth.caFile")
  (dict "name" "registry-ca" "value" "registry.ca" "from" $values.registry.ca "file" "ca.crt" "setting" "registry.tls.caFile")
  (dict "name" "registry-client" "value" "registry.clientCertificate" "from" $values.registry.clientCertificate "pair" "registry.tls")
  (dict "name" "registry-password" "value" "registry.password" "from" $values.registry.password "file" "password" "setting" "registry.auth.passwordFile")
  (dict "name" "registry-token" "value" "registry.token" "from" $values.registry.token "file" "token" "setting" "registry.auth.tokenFile")
-}}
{{- $mounts := list -}}
{{- range $references -}}
{{- if or .from.existingSecret .from.existingConfigMap -}}
{{- $mount := dict "name" .name "value" .value "secret" .from.existingSecret "configMap" .from.existingConfigMap -}}
{{- if .pair -}}
{{- $_ := set $mount "files" (dict "tls.crt" .from.certificateKey "tls.key" .from.privateKeyKey) -}}
{{- $_ := set $mount "settings" (dict (printf "%s.certFile" .pair) "tls.crt" (printf "%s.keyFile" .pair) "tls.key") -}}
{{- else if .file -}}
{{- $_ := set $mount "files" (dict .file .from.key) -}}
{{- $_ := set $mount "settings" (dict .setting .file) -}}
{{- else -}}
{{- $_ := set $mount "settings" (dict .setting "") -}}
{{- end -}}
{{- $mounts = append $mounts $mount -}}
{{- end -}}
{{- end -}}
{{- toJson $mounts -}}
{{- end -}}

{{/* One of those mounts as a volume. Mode 0440 (288): the process reads by its group, and nobody else does. */}}
{{- define "nbwss-bridge.volume" -}}
- name: {{ .name }}
  {{- if .secret }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
  {{- else }}
  configMap:
    name: {{ .configMap }}
    defaultMode: 288
  {{- end }}
    {{- with .files }}
    items:
      {{- range $file, $key := . }}
      - key: {{ $key }}
        path: {{ $file }}
      {{- end }}
    {{- end }}
{{- end -}}

{{/* One of those mounts as a container has it. Directories only: what is mounted by subPath is never renewed. */}}
{{- define "nbwss-bridge.volumeMount" -}}
- name: {{ .name }}
  mountPath: /etc/nbwss-bridge/{{ .name }}
  readOnly: true
{{- end -}}

{{/* Puts a value into a tree of mappings. Takes (dict "tree" … "path" "a.b.c" "value" …), changes the tree and renders nothing. */}}
{{- define "nbwss-bridge.put" -}}
{{- $at := .tree -}}
{{- $keys := splitList "." .path -}}
{{- range initial $keys -}}
{{- if not (hasKey $at .) -}}{{- $_ := set $at . dict -}}{{- end -}}
{{- $at = get $at . -}}
{{- end -}}
{{- $_ := set $at (last $keys) .value -}}
{{- end -}}

{{/* What a tree of mappings has at a path, as JSON; nothing where it has nothing. Takes (dict "tree" … "path" "a.b.c"). */}}
{{- define "nbwss-bridge.get" -}}
{{- $at := .tree -}}
{{- $found := true -}}
{{- range splitList "." .path -}}
{{- if and $found (kindIs "map" $at) (hasKey $at .) -}}{{- $at = index $at . -}}{{- else -}}{{- $found = false -}}{{- end -}}
{{- end -}}
{{- if and $found (not (kindIs "invalid" $at)) -}}{{- toJson $at -}}{{- end -}}
{{- end -}}

{{/* The document that the bridge reads: the user's, and what follows from the mounts. */}}
{{- define "nbwss-bridge.document" -}}
{{- $document := deepCopy .Values.config -}}
{{- if not (include "nbwss-bridge.get" (dict "tree" $document "path" "admin.host")) -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "admin.host" "value" "0.0.0.0") -}}
{{- end -}}
{{- range $mount := include "nbwss-bridge.mounts" . | fromJsonArray -}}
{{- range $setting, $file := $mount.settings -}}
{{- $path := printf "/etc/nbwss-bridge/%s%s" $mount.name (ternary (printf "/%s" $file) "" (ne $file "")) -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" $setting "value" $path) -}}
{{- end -}}
{{- end -}}
{{- if and (include "nbwss-bridge.mountsStrimziUser" .) (eq .Values.strimzi.user.authentication "scram-sha-512") -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "kafka.sasl.mechanism" "value" "scram-sha-512") -}}
{{- include "nbwss-bridge.put" (dict "tree" $document "path" "kafka.sasl.username" "value" (include "nbwss-bridge.strimziUser" .)) -}}
{{- end -}}
{{- toYaml $document -}}
{{- end -}}

{{/* The document with the bridge's own defaults in the places that it leaves out, as YAML: for ports, and for what has to fit together. */}}
{{- define "nbwss-bridge.effective" -}}
{{- $defaults := .Files.Get "files/config-defaults.yaml" | fromYaml -}}
{{- mustMergeOverwrite $defaults (include "nbwss-bridge.document" . | fromYaml) | toYaml -}}
{{- end -}}

{{/* ---- Parts of pods ---- */}}

{{/* The image, by digest where one is given. */}}
{{- define "nbwss-bridge.image" -}}
{{- $image := .Values.image -}}
{{- $image.repository }}{{ with $image.digest }}@{{ . }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end -}}

{{/* The beginning of every pod's specification: who it is, and what it is denied (Pod Security "restricted"). */}}
{{- define "nbwss-bridge.podSecurity" -}}
automountServiceAccountToken: false
# Variables of other Services would be taken for settings: they begin with the Service's name.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.security.runAsUser }}
  runAsUser: {{ int64 . }}
  {{- end }}
  {{- with .Values.security.runAsGroup }}
  runAsGroup: {{ int64 . }}
  {{- end }}
  {{- with .Values.security.fsGroup }}
  fsGroup: {{ int64 . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* The beginning of every container: the image, and what it is denied. */}}
{{- define "nbwss-bridge.containerSecurity" -}}
image: {{ include "nbwss-bridge.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
  readOnlyRootFilesystem: true
{{- end -}}

{{/* The environment of every container. */}}
{{- define "nbwss-bridge.env" -}}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Where the pods are put: spread with the selector and the revision filled in, and apart from each other. */}}
{{- define "nbwss-bridge.placement" -}}
{{- $selector := dict "matchLabels" (include "nbwss-bridge.selectorLabels" (dict "root" . "component" "bridge") | fromYaml) -}}
{{- $affinity := deepCopy .Values.affinity -}}
{{- $apart := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" $selector -}}
{{- if eq .Values.antiAffinity "soft" -}}
{{- $term := dict "weight" 100 "podAffinityTerm" $apart -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list $term)) -}}
{{- else if eq .Values.antiAffinity "hard" -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $apart)) -}}
{{- end -}}
{{- $constraints := list -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $constraint := deepCopy . -}}
{{- if not $constraint.labelSelector -}}
{{- $constraint = merge $constraint (dict "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- $constraints = append $constraints $constraint -}}
{{- end -}}
{{- $placement := dict -}}
{{- if $affinity }}{{ $_ := set $placement "affinity" $affinity }}{{ end -}}
{{- if $constraints }}{{ $_ := set $placement "topologySpreadConstraints" $constraints }}{{ end -}}
{{- with .Values.nodeSelector }}{{ $_ := set $placement "nodeSelector" . }}{{ end -}}
{{- with .Values.tolerations }}{{ $_ := set $placement "tolerations" . }}{{ end -}}
{{- with .Values.priorityClassName }}{{ $_ := set $placement "priorityClassName" . }}{{ end -}}
{{- if $placement }}{{ toYaml $placement }}{{ end -}}
{{- end -}}

{{/* How Prometheus scrapes an endpoint. Takes the values of a ServiceMonitor or PodMonitor. */}}
{{- define "nbwss-bridge.scrape" -}}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The groups of files/alerts.yaml (a file of rules as Prometheus and promtool take it), without the alerts that are disabled, and with the
labels and the address of the runbook that the values give to each: its section is called as the alert is.
*/}}
{{- define "nbwss-bridge.alerts" -}}
{{- $values := .Values.metrics.prometheusRule -}}
{{- $groups := list -}}
{{- range (.Files.Get "files/alerts.yaml" | fromYaml).groups -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- if not (has .alert $values.disabled) -}}
{{- $rule := deepCopy . -}}
{{- if $rule.alert -}}
{{- $_ := set $rule "labels" (merge (deepCopy $values.alertLabels) ($rule.labels | default dict)) -}}
{{- if $values.runbookUrl -}}
{{- $_ := set $rule "annotations" (merge (dict "runbook_url" (printf "%s#%s" $values.runbookUrl (lower $rule.alert))) ($rule.annotations | default dict)) -}}
{{- end -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}{{- $groups = append $groups (merge (dict "rules" $rules) .) -}}{{- end -}}
{{- end -}}
{{- toYaml $groups -}}
{{- end -}}

{{/* ---- Numbers ---- */}}

{{/* A quantity of Kubernetes ("256Mi", "1.5G", 1000) as a whole number of bytes. */}}
{{- define "nbwss-bridge.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexFind "[A-Za-z]*$" (toString .) -}}
{{- mulf (trimSuffix $unit (toString .) | float64) (get $units $unit | default 1) | int64 -}}
{{- end -}}
